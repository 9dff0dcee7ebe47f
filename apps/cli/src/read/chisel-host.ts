/** Runs chisels over an inspector: adds the user's filter to each subscription and renders data as the user asked. */
import type { ChiselHost } from '@waspglass/chisels';
import type { EventContext, EventFilter, Inspector } from '@waspglass/inspect';

export function chiselHost(inspector: Inspector, filter: EventFilter | undefined): ChiselHost<EventContext> {
  return {
    subscribe: (own, onEvent) => {
      inspector.subscribe({ filter: inspector.compileFilter(own), and: filter, onEvent });
    },
    text: (template) => inspector.compileFormat(template),
    number: (field) => inspector.compileNumber(field),
    data: () => inspector.compileData(),
  };
}
