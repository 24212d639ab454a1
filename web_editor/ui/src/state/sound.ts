// A sound for each alarm that comes and waits for somebody, where this browser's user asked for it.
import { needsAcknowledging } from "../logic/alarms";
import { alarmList } from "./feeds";
import { prefer, preferences } from "./preferences";

const TONES_HZ = [880, 660] as const;
const TONE_S = 0.18;
let audio: AudioContext | null = null;

/** Those that wait for somebody and were not known to. Pure. */
export function fresh(known: ReadonlySet<string> | null, waiting: readonly string[]): string[] {
  return known === null ? [] : waiting.filter((id) => !known.has(id));
}

export function followAlarmSound(): void {
  let known: ReadonlySet<string> | null = null;
  alarmList.watch(() => {
    const { alarms, ready } = alarmList.get();
    if (!ready) return;
    const waiting = alarms.filter(needsAcknowledging).map(({ id }) => id);
    if (preferences.get().sound && fresh(known, waiting).length) sound();
    known = new Set(waiting);
  });
  // browsers make no sound before something was pressed
  addEventListener("pointerdown", () => void audio?.resume());
}

export function askForSound(on: boolean): void {
  prefer({ sound: on });
  if (on) sound();
}

function sound(): void {
  audio ??= new AudioContext();
  void audio.resume();
  const volume = audio.createGain();
  volume.gain.value = 0.15;
  volume.connect(audio.destination);
  TONES_HZ.forEach((hz, i) => {
    const tone = audio!.createOscillator();
    const start_s = audio!.currentTime + i * TONE_S;
    tone.frequency.value = hz;
    tone.connect(volume);
    tone.start(start_s);
    tone.stop(start_s + TONE_S);
  });
}
