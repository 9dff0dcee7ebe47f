/** Pages that are shown without the console: plain HTML, no script, one style that the page's own policy names by hash. */
import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1b18; --soft: #6b675e; --paper: #faf9f6; --line: #e3dfd5; --amber: #b97700 }
@media (prefers-color-scheme: dark) { :root { --ink: #ece8de; --soft: #a19b8d; --paper: #14130f; --line: #2d2a23; --amber: #f0b429 } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif }
main { max-width: 34rem; padding: 2rem; border-left: 3px solid var(--amber); margin: 1rem }
h1 { font-size: 1.25rem; margin: 0 0 .5rem } p { margin: .5rem 0; color: var(--soft) }
code { font: .9em ui-monospace, monospace; color: var(--ink); background: color-mix(in srgb, var(--line) 60%, transparent); padding: .1em .4em; border-radius: 4px; overflow-wrap: anywhere }
`;

export const PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Texts are ours or the operator's; they are escaped all the same. */
export function page(title: string, paragraphs: readonly string[], command?: string): string {
  const body = paragraphs.map((text) => `<p>${escapeHtml(text)}</p>`).join('');
  const code = command === undefined ? '' : `<p><code>${escapeHtml(command)}</code></p>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)} · Waspglass</title><style>${STYLE}</style></head><body><main><h1>${escapeHtml(title)}</h1>${body}${code}</main></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
