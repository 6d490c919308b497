import { cpus } from "node:os";
import type { Figures } from "./figures.ts";
import type { JsonRow } from "./json-rows.ts";
import { INSTALL_COMMAND, missingPackages, PEER_INFO, type PeerName } from "./peers/list.ts";
import type { Verdict } from "./verdict.ts";

/** What the document tells of the run itself. */
export interface Run {
  readonly peers: readonly PeerName[];
  readonly isSmoke: boolean;
  readonly undiciVersion: string;
  readonly seconds: number;
}

/** The document. */
export function report(run: Run, figures: Figures, json: readonly JsonRow[], verdicts: readonly Verdict[]): string {
  const parts = [heading(run), mainTable(run.peers, figures), legend(run.peers)];
  if (json.length > 0) parts.push(jsonTable(json));
  if (figures.notes.length > 0) parts.push(figures.notes.map((note) => `- ${note}`).join("\n"));
  if (verdicts.length > 0) parts.push(verdictTable(verdicts));
  return `${parts.join("\n\n")}\n`;
}

function heading({ isSmoke, undiciVersion, seconds }: Run): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model ?? "unknown"}), ${process.platform} ${process.arch}`;
  const kind = isSmoke ? "\n\n**A smoke run: it shows that every row runs, and its figures mean nothing.**" : "";
  return `## The cost of a call

Node ${process.version}, undici ${undiciVersion}, ${machine}; ${Math.round(seconds)} s in all. Everything over TLS to one server
in a process of its own. Figures in brackets are the share of undici alone in the blocks beside them.${kind}`;
}

function mainTable(peers: readonly PeerName[], figures: Figures): string {
  const lines = [
    `| | ${peers.map((peer) => PEER_INFO[peer].title).join(" | ")} |`,
    `| --- |${" ---: |".repeat(peers.length)}`,
  ];
  for (const { key, title, write } of figures.measures) {
    const cells = peers.map((peer) => {
      const figure = figures.get(key, peer);
      if (figure === undefined) return "–";
      const share = figure.share === undefined ? "" : ` (${figure.share.toFixed(2)})`;
      return `${write(figure.value)}${share}`;
    });
    lines.push(`| ${title} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

function legend(peers: readonly PeerName[]): string {
  return peers.map((peer) => `- ${PEER_INFO[peer].title}: ${PEER_INFO[peer].what}.`).join("\n");
}

/** What is said of a peer that is not installed. */
export function skipped(peer: PeerName): string {
  const missing = missingPackages(peer).map((name) => `\`${name}\``);
  return `Skipped: ${PEER_INFO[peer].title} (${peer}). It needs ${missing.join(" and ")}: \`${INSTALL_COMMAND}\`.`;
}

function jsonTable(rows: readonly JsonRow[]): string {
  const lines = rows.map(
    ({ name, document, megabytesPerSecond, share }) =>
      `| ${name} | ${document} | ${megabytesPerSecond.toFixed(0)} | ${share.toFixed(2)} |`,
  );
  return `### JSON\n\n| | document | MB/s | share of V8 |\n| --- | ---: | ---: | ---: |\n${lines.join("\n")}`;
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(
    ({ target, isMet, found }) =>
      `| ${target} | ${isMet === undefined ? "not measured" : isMet ? "met" : "**not met**"} | ${found} |`,
  );
  return `### Verdict\n\n| target | | found |\n| --- | --- | --- |\n${lines.join("\n")}`;
}
