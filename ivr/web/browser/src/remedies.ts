// What a person can do about a phone or a microphone that does not work.
import type { DownReason } from "./phone_state.ts";
import { t } from "./texts.ts";

/** Return the one remedy of a reason, in the page's language. */
export function remedy(reason: DownReason): string {
  const words: Record<DownReason, string> = {
    no_network: t("This computer is offline. Check the cable or the Wi-Fi."),
    not_reachable: t("The server cannot be reached. It is tried again by itself."),
    certificate_not_trusted: t("The browser does not trust the server's certificate. Ask your admin to install it on this computer."),
    refused: t("The server does not know this phone. Sign out and in again."),
    insecure_page: t("Open the page with https: without it no browser gives a microphone."),
    microphone_refused: t("The browser refuses the microphone. Click the lock beside the address and allow it."),
    no_microphone: t("There is no microphone. Plug in the headset."),
    microphone_busy: t("Another program holds the microphone. Close it."),
    no_sound: t("The line stands, but no sound arrives. Tell your admin: the network blocks voice."),
  };
  return words[reason];
}
