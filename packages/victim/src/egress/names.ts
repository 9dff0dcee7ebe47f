/**
 * The parts of DNS messages (RFC 1035) that a resolver in between needs: one question in, one question out. Messages come
 * from intruders: everything is bounded, compression is not followed (questions have none).
 */
export interface Question {
  readonly id: number;
  /** Lower case, without the final dot. */
  readonly name: string;
  readonly type: number;
}

export const questionTypes: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  28: 'AAAA',
  33: 'SRV',
};

export const REFUSED = 5;
const SERVER_FAILURE = 2;
export const rcodes = { refused: REFUSED, failure: SERVER_FAILURE } as const;

const HEADER = 12;
const MAX_NAME = 253;
/** Names of machines; tunnels put base32 there too, so length is what limits them. */
const LABEL = /^[a-z0-9_-]{1,63}$/;

/** A plain query with one question of class IN; undefined for anything else. */
export function readQuestion(message: Buffer): Question | undefined {
  if (message.length < HEADER + 5 || message.length > 512) return undefined;
  const [flags, questions] = [message.readUInt16BE(2), message.readUInt16BE(4)];
  if ((flags & 0xf800) !== 0 || questions !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63 || at + 1 + length + 4 > message.length) return undefined;
    at++;
    if (length === 0) break;
    labels.push(message.toString('latin1', at, at + length).toLowerCase());
    at += length;
  }
  const name = labels.join('.');
  if (name.length > MAX_NAME || !labels.every((label) => LABEL.test(label))) return undefined;
  if (at + 4 > message.length || message.readUInt16BE(at + 2) !== 1) return undefined;
  return { id: message.readUInt16BE(0), name, type: message.readUInt16BE(at) };
}

/** A new query: nothing of the victim's message but name and type goes out. */
export function writeQuestion({ id, name, type }: Question): Buffer {
  const labels = name === '' ? [] : name.split('.');
  const parts = labels.map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label, 'latin1')]));
  const head = Buffer.alloc(HEADER);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(0x0100, 2);
  head.writeUInt16BE(1, 4);
  return Buffer.concat([head, ...parts, Buffer.of(0, type >> 8, type & 255, 0, 1)]);
}

/** An answer without records. */
export function writeFailure(question: Question, rcode: number): Buffer {
  const answer = writeQuestion(question);
  answer.writeUInt16BE(0x8180 | rcode, 2);
  return answer;
}

/** Addresses in an answer to `question`, for the log; stops at the first thing that is not as it should be. */
export function readAddresses(answer: Buffer, question: Question): string[] {
  const found: string[] = [];
  let at = writeQuestion(question).length;
  for (let left = answer.length < HEADER ? 0 : answer.readUInt16BE(6); left > 0 && found.length < 16; left--) {
    at = skipName(answer, at);
    if (at < 0 || at + 10 > answer.length) break;
    const [type, length] = [answer.readUInt16BE(at), answer.readUInt16BE(at + 8)];
    at += 10 + length;
    if (at > answer.length) break;
    if (type === 1 && length === 4) found.push(answer.subarray(at - 4, at).join('.'));
  }
  return found;
}

function skipName(message: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const length = message[at];
    if (length === undefined) return -1;
    if (length === 0) return at + 1;
    if (length >= 192) return at + 2;
    at += 1 + length;
  }
}
