// Two soft notes when a call arrives: made here, so nothing has to be loaded.
let sound: AudioContext | undefined;

export function chime(): void {
  sound ??= new AudioContext();
  const begin = sound.currentTime + 0.01;
  for (const [place, hertz] of [660, 880].entries()) {
    const note = sound.createOscillator();
    const volume = sound.createGain();
    note.frequency.value = hertz;
    volume.gain.setValueAtTime(0, begin + place * 0.18);
    volume.gain.linearRampToValueAtTime(0.2, begin + place * 0.18 + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + place * 0.18 + 0.35);
    note.connect(volume).connect(sound.destination);
    note.start(begin + place * 0.18);
    note.stop(begin + place * 0.18 + 0.4);
  }
}
