import { collectGarbage, type Effort, type Timing } from "../measure.ts";
import type { Measurement, Subject } from "../plan.ts";
import { median, spread } from "../statistics.ts";
import { type Contestant, createPeer, createSubject, verify } from "./contestants.ts";
import { createMessages } from "./messages.ts";

/** A turn takes so many times as long as one of the jobs that take nanoseconds. */
const LONGER = 5;

/** Times wsimd and ws in turns, each round in another order, as `measure` does. The subject's timing comes first. */
export async function measureDeflate(subject: Subject, measurement: Measurement, effort: Effort): Promise<Timing[]> {
  const { payload, bytes, variant, peers } = measurement;
  const messages = await createMessages(payload, bytes);
  const contestants = [
    createSubject(subject, variant, messages),
    ...peers.map((peer) => createPeer(peer, variant, messages)),
  ].map((contestant) => ({ contestant, means: [] as number[] }));
  const time = (contestant: Contestant, milliseconds: number): Promise<number> =>
    meanOf(contestant, messages.plain.length, LONGER * milliseconds);
  for (const { contestant } of contestants) {
    await verify(contestant, variant, messages);
    await time(contestant, effort.warmup);
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (let index = 0; index < contestants.length; index++) {
      const { contestant, means } = contestants[(index + round) % contestants.length];
      collectGarbage();
      means.push(await time(contestant, effort.turn));
    }
  }
  for (const { contestant } of contestants) await verify(contestant, variant, messages);
  return contestants.map(({ contestant, means }) => ({
    name: contestant.name,
    ns: median(means),
    spread: spread(means),
  }));
}

/** Nanoseconds a message. */
async function meanOf({ name, run }: Contestant, count: number, milliseconds: number): Promise<number> {
  let taken = 0;
  const take = (result: Uint8Array): void => {
    if (result.length === 0) throw new Error(`${name}: a message came to nothing`);
    taken++;
  };
  const started = performance.now();
  let runs = 0;
  do {
    await run(take);
    if (taken !== ++runs * count) throw new Error(`${name}: ${taken} messages, not ${runs * count}`);
  } while (performance.now() - started < milliseconds);
  return ((performance.now() - started) * 1e6) / taken;
}
