/** What an earlier process has told of commands. */
import type { CommandDocument, WaspglassDocument } from '@waspglass/logs';

/** The greatest number of a command per session, by its id. */
export function commandsTold(documents: Iterable<WaspglassDocument>): Map<string, number> {
  const told = new Map<string, number>();
  for (const document of documents) {
    if (!isCommand(document)) continue;
    const { id } = document.session;
    told.set(id, Math.max(told.get(id) ?? 0, document.waspglass.index));
  }
  return told;
}

function isCommand(document: WaspglassDocument): document is CommandDocument {
  return document.event.dataset === 'honeypot.command';
}
