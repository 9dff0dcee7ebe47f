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
  const compiled = compiledOf(pattern);
  return (text) => text.length <= regexLimits.text && compiled.matches(text);
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
