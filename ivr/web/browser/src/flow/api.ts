// What the editor asks of the server.
import { sendJson } from "../post.ts";
import type { Doc, Layout } from "./model.ts";

export interface Problem {
  flow: string;
  node: string;
  problem: string;
  remedy: string;
  problem_hi: string;
  remedy_hi: string;
}
export interface Draft {
  state: string;
  revision: number;
  authors: string[];
  saved_by: string;
  saved_at: string;
  approved_by: string;
  note: string;
  may: string[];
}
export interface Opened {
  flow_id: string;
  document: Doc;
  layout: Layout;
  draft: Draft | null;
  problems: Problem[];
  is_published: boolean;
  changed_below: boolean;
}
export interface Clip {
  language: string;
  text: string;
  kind: string;
}
export interface Change {
  node: string;
  key: string;
  before: unknown;
  after: unknown;
}
export interface Trial {
  heard: Heard[];
  waits: "keys" | "speech" | "offer" | "telecaller" | "nothing";
  path: string[];
  answers: Given[];
  notes: string[];
  max_digits: number;
  timeout_s: number;
  completed: boolean;
  stopped: string;
  began_at: string;
}

export interface Heard {
  node: string;
  clips: Clip[];
}
export interface Given {
  node: string;
  kind: string;
  value: string;
  accepted: boolean;
  meaning: string;
}
export interface TrialCall {
  phase: "preparing" | "ringing" | "playing" | "over";
  phone: string;
  step: number;
  node: string;
  heard: Heard[];
  answers: Given[];
  ended: string | null;
  problem: string;
}
export interface TrialCalls {
  phones: { phone: string; about: string }[];
  left: number;
  most: number;
  call: TrialCall | null;
}

// A refusal of the server's: its JSON, with a stable error_id.
export class Refused extends Error {
  status: number;
  said: Record<string, unknown>;
  constructor(status: number, said: Record<string, unknown>) {
    const inHindi = document.documentElement.lang === "hi";
    super(String((inHindi ? said.message_hi : said.message_en) ?? status));
    this.status = status;
    this.said = said;
  }
  get id(): string {
    return String(this.said.error_id ?? "");
  }
}

export async function ask<T>(path: string, method = "GET", body?: unknown): Promise<T> {
  const answer = await sendJson(path, body, method);
  const said: unknown = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said as Record<string, unknown>);
  return said as T;
}

export function clipAddress(clip: Clip): string {
  return `/api/v1/speech?${new URLSearchParams({ ...clip }).toString()}`;
}
