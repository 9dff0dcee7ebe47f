/**
 * Arguments of events: `evt.args`, all in one text, `name=value` or `name=value(meaning)`, and single ones by name or
 * number. Each event type has a plan, made from its row of the event table when the first such event comes.
 */
import { Literal, type TextBuffer } from '@waspglass/kit';
import { classicParams, eventId, eventTypes, type Param } from '@waspglass/schema';
import type { EventContext } from './context.hot.ts';
import { based, type ParamRenderer, type ParamWriter, plainest, rendererOf, shown } from './param-text.ts';
import { logLine } from './syslog-fields.ts';
import { written } from './written.ts';

/** Writes a parameter of `evt.args` in another form; undefined: the usual one. */
export type ParamView = (param: Param, usual: ParamWriter) => ParamWriter | undefined;

interface Step {
  readonly name: string;
  /** What stands before the value: ` name=`. */
  readonly label: Literal;
  readonly renderer: ParamRenderer;
  readonly plainest: ParamWriter;
  readonly based: ParamWriter;
  /** Writes the value and what it stands for. */
  readonly shown: ParamWriter;
}

type Plan = readonly Step[];

const SPACE = 0x20;
const NONE: Plan = [];

/** Plans by event type, of today's form and of the form of sysdig 0.29.3. */
export class ArgPlans {
  private readonly plans: Plan[] = [];
  private readonly classicPlans: Plan[] = [];
  private readonly view: ParamView | undefined;

  constructor(view?: ParamView) {
    this.view = view;
  }

  /** Writes all arguments; nothing when the event has none to show. */
  write(c: EventContext, out: TextBuffer): void {
    const { ev } = c;
    // The arguments of a call that captures have no own type for only tell which call it is.
    if (ev.type === eventId.GENERIC_E || ev.type === eventId.GENERIC_X) return;
    const plan = this.of(c);
    const count = Math.min(ev.nparams, plan.length);
    let at = ev.params;
    for (let i = 0; i < count; i++) {
      const step = plan[i];
      if (step === undefined) break;
      const length = ev.len(i);
      out.literal(step.label);
      step.shown(c, at, length, out);
      at += length;
    }
    // sysdig 0.29.3 puts a space after each argument.
    if (c.classic && count > 0) out.byte(SPACE);
  }

  of({ classic, ev: { type } }: EventContext): Plan {
    const plans = classic ? this.classicPlans : this.plans;
    return plans[type] ?? this.make(plans, type, classic);
  }

  private make(plans: Plan[], type: number, classic: boolean): Plan {
    const row = eventTypes[type];
    if (row === undefined) return NONE;
    const params = classic ? classicParams(type) : row.params;
    const plan = params.map((param, i) => this.step(param, i, classic));
    plans[type] = plan;
    return plan;
  }

  private step(param: Param, i: number, classic: boolean): Step {
    const renderer = rendererOf(param, classic);
    const usual = shown(renderer);
    return {
      name: param.name,
      label: new Literal(`${i === 0 ? '' : ' '}${param.name}=`),
      renderer,
      plainest: plainest(param, renderer),
      based: based(param, renderer),
      shown: this.view?.(param, usual) ?? usual,
    };
  }
}

const plans = new ArgPlans();

/** Writes all arguments in their usual form. */
export function writeArgs(c: EventContext, _: unknown, out: TextBuffer): boolean {
  plans.write(c, out);
  return true;
}

/** All arguments in their usual form; '' when the event has none to show. */
export const renderArgs = (c: EventContext): string => written(writeArgs, c, undefined);

/** Writes all arguments, or what the event says to the log. */
export function writeInfo(c: EventContext, _: unknown, out: TextBuffer): boolean {
  return writeLogLine(c, out) || writeArgs(c, _, out);
}

/** Writes what the event says to the log, in the form of sysdig 0.29.3; false when it says nothing. */
export function writeLogLine(c: EventContext, out: TextBuffer): boolean {
  const line = c.classic ? logLine(c) : null;
  if (line !== null) out.text(line);
  return line !== null;
}

const MISSING = '<NA>';

/** Writes what an argument stands for, else its value; false when the event has none such. */
export function writeArgument(c: EventContext, name: string | number | undefined, out: TextBuffer): boolean {
  const i = paramIndex(c, name);
  if (i < 0) return false;
  const renderer = plans.of(c)[i]?.renderer;
  const mark = out.length;
  const at = c.ev.off(i);
  const length = c.ev.len(i);
  renderer?.meaning?.(c, at, length, out);
  if (out.length > mark) return true;
  if (renderer === undefined) out.ascii(MISSING);
  else renderer.value(c, at, length, out);
  return true;
}

/** Writes an argument without what it stands for, numbers as numbers; false when the event has none such. */
export function writeRawArgument(c: EventContext, name: string | number | undefined, out: TextBuffer): boolean {
  const i = paramIndex(c, name);
  const step = i < 0 ? undefined : plans.of(c)[i];
  if (step === undefined) return false;
  step.plainest(c, c.ev.off(i), c.ev.len(i), out);
  return true;
}

/** The same with numbers in the base of their parameter. */
export function writeBasedArgument(c: EventContext, name: string | number | undefined, out: TextBuffer): boolean {
  const i = paramIndex(c, name);
  const step = i < 0 ? undefined : plans.of(c)[i];
  if (step === undefined) return false;
  step.based(c, c.ev.off(i), c.ev.len(i), out);
  return true;
}

/** Text of parameter `i` without what it stands for. */
export function paramValue(c: EventContext, i: number): string {
  return written(writeValue, c, i);
}

function writeValue(c: EventContext, i: number, out: TextBuffer): void {
  const step = i < c.ev.nparams ? plans.of(c)[i] : undefined;
  if (step === undefined) out.ascii(MISSING);
  else step.renderer.value(c, c.ev.off(i), c.ev.len(i), out);
}

/** Index of a parameter by name or number; -1 when the event has none such. */
function paramIndex(c: EventContext, name: string | number | undefined): number {
  const i = typeof name === 'number' ? name : plans.of(c).findIndex((step) => step.name === name);
  return i < c.ev.nparams ? i : -1;
}
