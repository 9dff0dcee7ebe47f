/**
 * What is done with an event, by its number: made anew when subscriptions change, since what nobody looks at needs less.
 * The words that come out are all that `State.before` looks at for an event.
 */
import { quiet } from '@waspglass/scap';
import { conversions, event0293Count, eventFlag, eventTypes, exitOf, eventId as id } from '@waspglass/schema';
import { countedEnter, enterRole, enterRoles, fdParams, fullCount, isAboutFd } from './dialect.ts';
import { handlerCodes } from './dispatch.ts';

/** Events whose handlers work for onlookers only: nothing else depends on what they find. */
const FOR_ONLOOKERS: readonly number[] = [id.SCHEDSWITCH_1_E, id.SCHEDSWITCH_6_E];

/** Exit events that tell their handler all that it needs, so that nobody waits for their enter events or descriptors. */
const EXIT_TELLS_ALL: ReadonlySet<number> = new Set([
  id.SYSCALL_OPEN_X,
  id.SYSCALL_CREAT_X,
  id.SYSCALL_BRK_4_X,
  id.SYSCALL_MMAP_X,
  id.SYSCALL_MMAP2_X,
  id.SYSCALL_MUNMAP_X,
]);

/**
 * What `State.before` does for an event number: bits, and above them three bytes: the handler's code, the parameter that
 * names the descriptor, and `fullCount`.
 */
export const plan = {
  /** Counts as an event in today's tools. */
  counted: 1,
  /** Counts as an event in sysdig 0.29.3, which is asked for. */
  classic: 2,
  /** Makes an unknown thread known. */
  stranger: 4,
  /** An enter event that waits for its exit event. */
  enter: 8,
  /** Somebody looks at it, or it changes the state. */
  busy: 16,
  /** Somebody looks at it. */
  seen: 32,
  /** Works on a descriptor that a parameter names. */
  fd: 64,
  /** Exit event with a handler; enter event whose parameters are kept. */
  handler: 128,
  kept: 128,
  CODE: 8,
  FD: 16,
  FULL: 24,
} as const;

/** The plan of an event number that only newer tools know. */
export const UNKNOWN_TYPE = plan.counted | plan.busy | plan.seen;

/** Events that don't make an unknown thread known (scheduler, notifications). */
function isPassive({ flags, name, source }: (typeof eventTypes)[number]): boolean {
  return (flags & eventFlag.SKIPPARSERESET) !== 0 || name === 'switch' || source !== 'SYSCALL';
}

/**
 * The plans per event number when nobody looks at the types (today's numbers) of which `wanted` is false; `classic`: as
 * sysdig 0.29.3 sees events.
 */
export function plansFor(wanted: (type: number) => boolean, classic: boolean): Int32Array {
  const looked = (type: number) => wanted(type) || wanted(conversions[type]?.target ?? type);
  return Int32Array.from(eventTypes, (row, type) => {
    const stranger = isPassive(row) ? 0 : plan.stranger;
    const counted = classic && type < event0293Count ? plan.classic | plan.busy : 0;
    const isEnter = enterRoles[type] !== enterRole.none;
    const fd = isAboutFd(type, classic) ? plan.fd : 0;
    return stranger | counted | (isEnter ? enterPlan(type, looked, fd) : exitPlan(type, looked, fd));
  });
}

type Looked = (type: number) => boolean;

function exitPlan(type: number, looked: Looked, fd: number): number {
  const seen = looked(type);
  const isIdle = handlerCodes[type] === 0 || (FOR_ONLOOKERS.includes(type) && !seen);
  if (isIdle && !seen) return plan.counted;
  const busy = plan.counted | plan.busy | (seen ? plan.seen : 0) | (isIdle ? 0 : plan.handler);
  const used = seen || !EXIT_TELLS_ALL.has(type) ? fd : 0;
  const numbers = (handlerCodes[type]! << plan.CODE) | (fdParams[type]! << plan.FD) | (fullCount[type]! << plan.FULL);
  return busy | used | numbers;
}

function enterPlan(type: number, looked: Looked, fd: number): number {
  const always = plan.enter | (countedEnter[type] === 0 ? 0 : plan.counted);
  const exit = exitOf(type);
  const seen = looked(type) || looked(exit);
  if (!seen && (handlerCodes[exit] === 0 || EXIT_TELLS_ALL.has(exit))) return always;
  // `close` needs the descriptor only.
  const kept = enterRoles[type] === enterRole.kept && (seen || exit !== id.SYSCALL_CLOSE_X) ? plan.kept : 0;
  return always | plan.busy | (seen ? plan.seen : 0) | kept | fd | (fdParams[type]! << plan.FD);
}

/** Whether a reader may pass over events with this plan, as a value of `quiet`. */
export function quietKind(todo: number): number {
  if ((todo & plan.busy) !== 0) return quiet.told;
  if ((todo & plan.enter) === 0) return quiet.counted;
  return (todo & plan.counted) === 0 ? quiet.enter : quiet.enterCounted;
}
