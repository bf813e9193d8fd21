// Text and rings that follow time. They write to their own element on the window's one tick; React does not render
// again for a second that passed. A screen reader reads them when asked, and is never interrupted by them.
import { useLayoutEffect, useMemo, useRef, useState, type CSSProperties, type ReactNode, type RefObject } from 'react';
import { nowMs, onTick } from '../clock.ts';
import { ago, countdown, roughly } from '../format.ts';
import { words } from '../words/common.ts';

/** Calls `write` with the element and the trusted time, now and each second. Takes a stable function. */
function useTick(write: (element: HTMLElement, nowMs: number) => void): RefObject<HTMLSpanElement | null> {
  const ref = useRef<HTMLSpanElement>(null);
  useLayoutEffect(
    () =>
      onTick((now) => {
        if (ref.current !== null) write(ref.current, now);
      }),
    [write],
  );
  return ref;
}

function TimedText(props: { readonly text: (nowMs: number) => string }): ReactNode {
  const { text } = props;
  const write = useMemo(() => textWriter(text), [text]);
  return <span ref={useTick(write)} className="nowrap" />;
}

/** Time left until `endsAtMs`, in figures. */
export function Countdown(props: { readonly endsAtMs: number; readonly className?: string }): ReactNode {
  const { endsAtMs } = props;
  const text = useMemo(() => (now: number) => countdown(endsAtMs - now), [endsAtMs]);
  return (
    <span role="timer" className={props.className}>
      <span className="for-readers">{words.timeLeft} </span>
      <TimedText text={text} />
    </span>
  );
}

/** Whether `untilMs` (trusted time) is still to come. Renders again once: when it has come. */
export function useUntil(untilMs: number): boolean {
  const [passed, setPassed] = useState<number | null>(null);
  useLayoutEffect(
    () =>
      onTick((now) => {
        if (now >= untilMs) setPassed(untilMs);
      }),
    [untilMs],
  );
  return passed !== untilMs && nowMs() < untilMs;
}

/** `3 min ago`. */
export function Ago(props: { readonly atMs: number }): ReactNode {
  const { atMs } = props;
  return <TimedText text={useMemo(() => (now: number) => ago(atMs, now), [atMs])} />;
}

/** `5 minutes`: how long it has been. */
export function Since(props: { readonly atMs: number }): ReactNode {
  const { atMs } = props;
  return <TimedText text={useMemo(() => (now: number) => roughly(now - atMs), [atMs])} />;
}

/** A ring that empties from `startsAtMs` to `endsAtMs`. */
export function TimeRing(props: {
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly children: ReactNode;
}): ReactNode {
  const { startsAtMs, endsAtMs } = props;
  const write = useMemo(() => ringWriter(startsAtMs, endsAtMs), [startsAtMs, endsAtMs]);
  return (
    <span ref={useTick(write)} className="ring" aria-hidden="true">
      <span className="ring-hole">{props.children}</span>
    </span>
  );
}

/** A ring that shows a fixed part of the whole, 0 to 1. */
export function Ring(props: { readonly part: number; readonly children: ReactNode }): ReactNode {
  return (
    <span className="ring" aria-hidden="true" style={{ '--left': `${Math.round(props.part * 100)}` } as CSSProperties}>
      <span className="ring-hole">{props.children}</span>
    </span>
  );
}

function textWriter(text: (nowMs: number) => string): (element: HTMLElement, now: number) => void {
  let shown: string | null = null;
  return (element, now) => {
    const next = text(now);
    if (next === shown) return;
    shown = next;
    element.textContent = next;
  };
}

function ringWriter(startsAtMs: number, endsAtMs: number): (element: HTMLElement, now: number) => void {
  let shown: string | null = null;
  return (element, now) => {
    const left = Math.min(1, Math.max(0, (endsAtMs - now) / Math.max(1, endsAtMs - startsAtMs)));
    // Half percents: a ring that did not visibly move is not painted again.
    const next = `${Math.round(left * 200) / 2}`;
    if (next === shown) return;
    shown = next;
    element.style.setProperty('--left', next);
  };
}
