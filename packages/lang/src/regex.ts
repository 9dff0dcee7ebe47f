/**
 * Regular expressions as Falco has them: RE2's syntax, a match covers the whole text, linear time whatever the pattern
 * and the text. The platform's own would let an attacker's file name run for years.
 */
import { RE2JS } from 're2js';
import { fail } from './errors.ts';

export const regexLimits = { pattern: 2000, text: 65_536 } as const;

/** Compiles a pattern to a test of whole texts. Throws `WG_FILTER_REGEX` without a place; the caller knows it. */
export function compileRegex(pattern: string): (text: string) => boolean {
  if (pattern.length > regexLimits.pattern) throw refused(pattern, `longer than ${regexLimits.pattern} characters`);
  if (pattern.includes('\ufffd')) throw refused(pattern, 'it holds a byte outside of UTF-8');
  let compiled = isPlain(pattern) ? undefined : compiledOf(pattern);
  return (text) => {
    if (text.length > regexLimits.text) return false;
    compiled ??= compiledOf(pattern);
    return compiled.matches(text);
  };
}

/** Below the depth at which RE2 refuses groups in groups. */
const PLAIN_LENGTH = 500;
/** Characters, classes, groups, alternatives and repetitions in which RE2 and the platform agree on what is valid. */
const PLAIN = /^(?:[\w/ .,:;=@%!~"'<>&+*?|()-]|\[\^?[\w/ .,:=@%+-]+\])*$/;

/** Valid for sure, so compiling it can wait until a text asks for it: many patterns of a rule set are never asked. */
function isPlain(pattern: string): boolean {
  if (pattern.length > PLAIN_LENGTH || !PLAIN.test(pattern) || pattern.includes('(?')) return false;
  try {
    return new RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}

function compiledOf(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw refused(pattern, error instanceof Error ? error.message : String(error));
  }
}

function refused(regex: string, reason: string): Error {
  return fail('WG_FILTER_REGEX', { regex: regex.slice(0, 80), reason });
}
