import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as flag from '../src/scap-flags.hot.ts';

describe('flags as captures number them', () => {
  it('open', () => {
    assert.equal(flag.openFlags(0), 1);
    assert.equal(flag.openFlags(0o1), 2);
    assert.equal(flag.openFlags(0o2), 3);
    // O_WRONLY|O_CREAT|O_TRUNC as sysdig prints it: 262
    assert.equal(flag.openFlags(0o1101), 262);
    // O_RDONLY|O_CLOEXEC: 4097
    assert.equal(flag.openFlags(0o2000000), 4097);
    assert.equal(flag.openFlags(0o4010001), 2 | 16 | 128);
    assert.equal(flag.openFlags(0o20200002), 3 | 1024 | 8192);
    assert.equal(flag.openMode(0o1, 0o777), 0);
    assert.equal(flag.openMode(0o101, 0o100777), 0o777);
    assert.equal(flag.openMode(0o20200002, 0o600), 0o600);
  });

  it('clone, fcntl, ptrace, devices', () => {
    assert.equal(flag.cloneFlags(0x1200011), (1 << 23) | (1 << 24));
    assert.equal(flag.cloneFlags(0x4100), (1 << 27) | (1 << 15));
    assert.equal(flag.cloneFlags(0x80000000), 4);
    assert.equal(flag.fcntlCommand(0), 1);
    assert.equal(flag.fcntlCommand(1030), 26);
    assert.equal(flag.fcntlCommand(99), 0);
    assert.equal(flag.ptraceRequest(0), 1);
    assert.equal(flag.ptraceRequest(16), 11);
    assert.equal(flag.userDevice((254 << 20) | 0x101), 0xfe00 | 1 | (0x100 << 12));
  });
});
