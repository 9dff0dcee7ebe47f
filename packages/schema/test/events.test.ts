import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  enterOf,
  event0293,
  event0293Count,
  eventFlag,
  eventId,
  eventNames,
  eventTypes,
  exitOf,
  idsOfName,
  paramSizes,
  paramTypes,
  syscallByCode,
  syscallByName,
  syscallByNumber,
  syscalls,
} from '@waspglass/schema';

test('the table has 454 rows whose index is the number and whose parameter types are known', () => {
  assert.equal(eventTypes.length, 454);
  for (const [i, t] of eventTypes.entries()) {
    assert.equal(t.id, i);
    assert.equal(eventId[t.enum], i);
    assert.equal(t.enter, t.enum.endsWith('_E'));
    for (const p of t.params) assert.ok(p.type in paramTypes, `${t.enum}.${p.name}: ${p.type}`);
    assert.equal(paramSizes(i).length, t.params.length);
  }
});

test('rows are unpacked', () => {
  const t = eventTypes[eventId.SYSCALL_OPENAT_2_X];
  assert.equal(t?.name, 'openat');
  assert.equal(t?.category, 'FILE');
  assert.equal(t?.source, 'SYSCALL');
  assert.ok((t?.flags ?? 0) & eventFlag.CREATES_FD);
  assert.deepEqual(t?.params[2], { name: 'name', type: 'FSRELPATH', fmt: 'NA', info: 'DIRFD_PARAM(1)' });
});

test('names map to every version, enter and exit', () => {
  assert.ok(idsOfName('execve').includes(eventId.SYSCALL_EXECVE_8_X));
  assert.ok(idsOfName('execve').includes(eventId.SYSCALL_EXECVE_19_E));
  assert.deepEqual(idsOfName('no such'), []);
  assert.ok(!eventNames.includes('NA'));
  assert.equal(enterOf(293), 292);
  assert.equal(exitOf(292), 293);
});

test('the classic dialect knows 338 types with fewer parameters', () => {
  assert.equal(event0293Count, 338);
  assert.equal(event0293(eventId.SYSCALL_READ_X)?.nparams, 2);
  assert.equal(event0293(eventId.SYSCALL_EXECVE_19_X)?.types[16], 'INT32');
  assert.equal(event0293(338), undefined);
  for (let i = 0; i < 338; i++) {
    const known = event0293(i);
    assert.equal(known?.types.length, known?.nparams, String(i));
    for (const type of known?.types ?? []) assert.ok(type in paramTypes);
  }
});

test('system calls map between number, name and code', () => {
  assert.equal(syscallByNumber('x86_64', 59)?.name, 'execve');
  assert.equal(syscallByNumber('aarch64', 221)?.name, 'execve');
  assert.equal(syscallByNumber('i386', 11)?.name, 'execve');
  assert.equal(syscallByName('openat2')?.x86_64, 437);
  assert.equal(syscallByName('openat2')?.aarch64, 437);
  const code = syscallByName('execve')?.code ?? -1;
  assert.equal(syscallByCode(code)?.name, 'execve');
  for (const s of syscalls) if (s.x86_64 !== undefined) assert.equal(syscallByNumber('x86_64', s.x86_64), s);
});
