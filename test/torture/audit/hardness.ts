// What a run of an audit torture did to its processes: one in which nothing much happened proves nothing.
import type { Cast } from './act.ts';
import type { Given } from './between-acts.ts';
import type { SeenAtCuts } from './power-cut.ts';

export type Hardness = {
  readonly kills: number;
  readonly brokerKills: number;
  readonly inStart: number;
  /** Kills of a process in a transaction of its own. */
  readonly inAppend: number;
  /** Kills of a desktop that waited for an answer, and of a broker that had a call to answer. */
  readonly inSync: number;
  readonly calls: number;
  readonly errors: number;
  readonly lostAcknowledgements: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** Of what came late and again, so many were taken or known (2xx), and so many refused. */
  readonly lateTaken: number;
  readonly lateRefused: number;
  /** Answers of the sinks' receiver. */
  readonly sinkErrors: number;
  readonly sinkLost: number;
  readonly sinkRefused: number;
  readonly lostKeys: number;
  readonly desktopsPutBack: number;
  readonly restores: number;
  readonly givenUp: number;
  /** That desktops had to open, and how many records they carried over. */
  readonly newEpochs: number;
  readonly carried: number;
};

export function hardnessOf(
  { broker, desktops, receiver, network: { counts } }: Cast,
  given: Given,
  seen: SeenAtCuts,
): Hardness {
  const all = [broker, ...desktops].map(({ deaths }) => deaths);
  const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
  const late = [...counts.lateAnswers];
  const answered = (taken: boolean): number => sum(late.filter(([status]) => status < 300 === taken).map(([, n]) => n));
  return {
    kills: sum(all.map(({ kills }) => kills)),
    brokerKills: broker.deaths.kills,
    inStart: sum(all.map(({ inStart }) => inStart)),
    inAppend: sum(all.map(({ inAppend }) => inAppend)),
    inSync: sum(all.map(({ inCall }) => inCall)),
    calls: counts.calls,
    errors: counts.errors,
    lostAcknowledgements: counts.lostAcknowledgements,
    duplicates: counts.duplicates,
    reordered: counts.reordered,
    lateTaken: answered(true),
    lateRefused: answered(false),
    sinkErrors: receiver.counts.errors,
    sinkLost: receiver.counts.lostAnswers,
    sinkRefused: receiver.counts.refused,
    lostKeys: sum(desktops.map(({ keyFiles }) => new Set(keyFiles).size - 1)),
    desktopsPutBack: given.putBack,
    restores: given.restores,
    givenUp: given.up.size,
    newEpochs: seen.carried.size,
    carried: sum([...seen.carried.values()]),
  };
}

/** In proportion to the kills that were asked for. */
export function isHardEnough(is: Hardness, kills: number): boolean {
  const each = (share: number): number => Math.max(1, Math.floor(kills * share));
  return (
    is.kills >= kills &&
    is.brokerKills >= each(0.2) &&
    is.inStart >= each(0.02) &&
    is.inAppend >= each(0.05) &&
    is.inSync >= each(0.05) &&
    is.lostAcknowledgements >= each(0.05) &&
    is.errors >= each(0.1) &&
    is.duplicates >= each(0.05) &&
    is.reordered >= each(0.02) &&
    is.lateTaken >= each(0.02) &&
    is.sinkErrors >= each(0.02) &&
    is.sinkLost >= each(0.05) &&
    is.sinkRefused >= 1 &&
    is.lostKeys >= each(0.01) &&
    is.desktopsPutBack >= 1 &&
    is.restores >= 1 &&
    is.newEpochs >= each(0.01) &&
    is.carried >= 1
  );
}
