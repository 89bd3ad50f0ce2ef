// Plays clips one after the other; a new play, or stop, ends what plays.
import { type Clip, Refused, clipAddress } from "./api.ts";

let playing: { audio: HTMLAudioElement; over: () => void } | null = null;

export function stopSound(): void {
  const now = playing;
  playing = null;
  now?.audio.pause();
  now?.over();
}

// Resolves when the last clip has ended (true) or was stopped (false). Rejects with
// Refused when a clip cannot be had.
export async function playClips(clips: Clip[]): Promise<boolean> {
  stopSound();
  for (const clip of clips) {
    const answer = await fetch(clipAddress(clip));
    if (!answer.ok) {
      const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>;
      throw new Refused(answer.status, said);
    }
    const address = URL.createObjectURL(await answer.blob());
    const whole = await playOne(address);
    URL.revokeObjectURL(address);
    document.body.dataset.heard = clip.text; // the last that was heard
    if (!whole) return false;
  }
  return true;
}

function playOne(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const audio = new Audio(address);
    let whole = true;
    const over = (): void => resolve(whole);
    playing = { audio, over: () => { whole = false; over(); } };
    audio.addEventListener("ended", () => { playing = null; over(); });
    audio.addEventListener("error", () => { playing = null; over(); });
    // A browser that may not make a sound goes on in silence.
    audio.play().catch(() => { playing = null; over(); });
  });
}
