// <time data-since="ISO time">: counts up, m:ss. <time data-until=...>: counts down.
// The server's time is in meta "now": a wrong clock on the desk does not matter.
let ahead = 0;

export function startClocks(): void {
  const now = document.querySelector<HTMLMetaElement>('meta[name="now"]')?.content;
  if (now) ahead = Date.now() - Date.parse(now);
  tick();
  window.setInterval(tick, 500);
}

export function serverNow(): number {
  return Date.now() - ahead;
}

export function tick(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-since], [data-until]")) {
    const { since, until } = element.dataset;
    const seconds = since
      ? (serverNow() - Date.parse(since)) / 1000
      : (Date.parse(until ?? "") - serverNow()) / 1000;
    const text = lasting(Math.max(0, Math.round(seconds)));
    if (element.textContent !== text) element.textContent = text;
  }
}

export function lasting(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}
