/** Backtraces of traps for people: an endless recursion fills them with the same frames. */

const FRAME = /^ *\d+: +(.*)$/;
/** Functions that call one another in turn. */
const MOST_IN_TURN = 8;
/** Fewer turns are shown as they are. */
const FEWEST_TURNS = 4;

/** The text with runs of the same frames shown once, and how many there are more. */
export function foldFrames(text: string): string {
  const lines = text.split("\n");
  const frames = lines.map((line) => FRAME.exec(line)?.[1]);
  const shown: string[] = [];
  for (let at = 0; at < lines.length; ) {
    const run = findRun(frames, at);
    if (run === null) {
      shown.push(lines[at++] as string);
      continue;
    }
    shown.push(...lines.slice(at, at + run.period), `       … the same ${run.turns - 1} times more`);
    at += run.period * run.turns;
  }
  return shown.join("\n");
}

function findRun(frames: readonly (string | undefined)[], from: number) {
  for (let period = 1; period <= MOST_IN_TURN; period++) {
    let end = from + period;
    while (frames[end] !== undefined && frames[end] === frames[end - period]) end++;
    const turns = Math.floor((end - from) / period);
    if (frames[from] !== undefined && turns >= FEWEST_TURNS) return { period, turns };
  }
  return null;
}
