import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  capabilityName,
  capabilitySet,
  enumNames,
  errnoName,
  errnoNumber,
  eventTypes,
  flagNames,
  flagTable,
  flagTables,
  flagValue,
  kernelFlags,
  signalName,
  signalNumber,
} from '@waspglass/schema';

/** Tables that parameters name and that hold no names: values of other kinds. */
const dynamic = /^DIRFD_PARAM|_dynamic_param$|^anon_inode_fd_types$/;

test('every table that a parameter names is there', () => {
  for (const t of eventTypes) {
    for (const { info } of t.params) {
      if (info !== undefined && !dynamic.test(info)) assert.notEqual(flagTable(info), undefined, info);
    }
  }
  assert.equal(flagTable('no_such_table'), undefined);
  assert.equal(flagTable(undefined), undefined);
});

test('bits are named in printing order, each once', () => {
  assert.deepEqual(flagNames(flagTables.file_flags, 262), ['O_TRUNC', 'O_CREAT', 'O_WRONLY']);
  assert.deepEqual(flagNames(flagTables.file_flags, 7), ['O_CREAT', 'O_RDWR']);
  assert.deepEqual(flagNames(flagTables.file_flags, 0), ['O_NONE']);
  assert.deepEqual(flagNames(flagTables.mmap_flags, 1030), ['MAP_PRIVATE', 'MAP_FIXED', 'MAP_DENYWRITE']);
  assert.deepEqual(flagNames(flagTables.mount_flags, 1 << 31), ['NOUSER']);
  assert.deepEqual(flagNames(flagTables.prot_flags, 0), ['PROT_NONE']);
});

test('enumerations match whole values', () => {
  assert.deepEqual(enumNames(flagTables.socket_families, 1), ['AF_LOCAL', 'AF_UNIX']);
  assert.deepEqual(enumNames(flagTables.socket_families, 10), ['AF_INET6']);
  assert.deepEqual(enumNames(flagTables.fcntl_commands, 26), ['F_DUPFD_CLOEXEC']);
  assert.deepEqual(enumNames(flagTables.ptrace_requests, 11), ['PTRACE_ATTACH']);
  assert.deepEqual(enumNames(flagTables.prctl_options, 15), ['PR_SET_NAME']);
  assert.deepEqual(enumNames(flagTables.lseek_whence, 7), []);
});

test('names lead to values', () => {
  assert.equal(flagValue(flagTables.file_flags, 'O_TRUNC'), 256);
  assert.equal(flagValue(kernelFlags.open, 'O_TRUNC'), 0o1000);
  assert.equal(flagValue(kernelFlags.clone, 'CLONE_NEWNS'), 0x20000);
  assert.equal(flagValue(flagTables.file_flags, 'O_NOSUCH'), undefined);
});

test('errors, signals, capabilities', () => {
  assert.equal(errnoName(-2), 'ENOENT');
  assert.equal(errnoName(111), 'ECONNREFUSED');
  assert.equal(errnoName(9999), undefined);
  assert.equal(errnoNumber('EACCES'), 13);
  assert.equal(signalName(9), 'SIGKILL');
  assert.equal(signalName(17), 'SIGCHLD');
  assert.equal(signalNumber('SIGTERM'), 15);
  assert.equal(capabilityName(21), 'CAP_SYS_ADMIN');
  assert.deepEqual(capabilitySet(0b101n), ['CAP_CHOWN', 'CAP_DAC_READ_SEARCH']);
});
