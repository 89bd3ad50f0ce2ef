// What kinds, ways and states are called on the screen.
import { t } from "../texts.ts";

export function kindLabel(kind: string): string {
  switch (kind) {
    case "play": return t("A message");
    case "menu": return t("Question");
    case "rating": return t("Marks");
    case "collect": return t("Digits");
    case "record": return t("Spoken answer");
    case "branch": return t("Branch");
    case "set": return t("Set values");
    case "language": return t("Choice of language");
    case "telecaller": return t("Telecaller");
    case "callback": return t("Call back");
    case "opt_out": return t("Opt out");
    case "sub_flow": return t("Another flow");
    case "hang_up": return t("End of the call");
    default: return kind;
  }
}

export function portLabel(port: string): string {
  const [what, which] = port.split(":") as [string, string?];
  switch (what) {
    case "option": return t("Key %(key)s", { key: which ?? "" });
    case "case": return t("Case %(number)s", { number: Number(which) + 1 });
    case "next": return t("Then");
    case "on_invalid": return t("After wrong keys");
    case "on_silence": return t("After silence");
    case "else": return t("If nobody is free");
    default: return port;
  }
}

export function stateLabel(state: string): string {
  switch (state) {
    case "draft": return t("Draft");
    case "asked": return t("Waits for approval");
    case "approved": return t("Approved");
    case "published": return t("Published");
    case "discarded": return t("Given up");
    default: return t("Published, unchanged");
  }
}

export function refusalLabel(id: string): string {
  switch (id) {
    case "not_now": return t("This cannot be done to the draft as it is now.");
    case "another_revision": return t("Somebody else saved this flow meanwhile.");
    case "own_work": return t("Somebody else has to approve it: you wrote a part of it.");
    case "has_problems": return t("The flow has faults: mend them first.");
    case "changed_below": return t("The published flow was changed meanwhile. Look at the differences, then save again.");
    case "no_phone": return t("This phone of yours is not known.");
    case "phone_busy": return t("Your phone is at your desk, or listens. End that first.");
    case "trial_under_way": return t("A trial call is under way already.");
    case "too_many_trials": return t("That was often enough for this hour. Please wait a little.");
    case "do_not_call": return t("This number is on the do-not-call list.");
    case "never_dial": return t("This number is never dialled.");
    case "dialling_stopped": return t("Dialling is stopped. Your softphone can be rung all the same.");
    case "trunk_full": return t("No line is free just now: voters come first.");
    case "SwitchGone": return t("The telephone system cannot be reached.");
    case "too_much": return t("Too many new texts at once. Please wait half a minute.");
    case "no_voice": return t("No voice can speak this text here.");
    case "not_allowed": return t("You may not do this.");
    case "request_entity_too_large": return t("The flow is too large.");
    default: return t("That did not work.");
  }
}
