import { aligned, type Cell } from "../alignedRows";
import { size } from "../memberPhase";
import type { ClusterStatus, Failover, MemberStatus, StackStatus } from "./model";

/** How the text looks. */
export interface RenderOptions {
  /** Whether to use a terminal's colours. */
  readonly colours: boolean;
}

type Tone = "good" | "bad" | "strong" | "faint";

/** SGR parameters of ECMA-48, which every terminal knows: green, red, bold, faint. */
const tones: Readonly<Record<Tone, number>> = { good: 32, bad: 31, strong: 1, faint: 2 };

/** Failovers shown of each cluster; the JSON has all. */
const failoversShown = 3;

/** The status as text for people: the members in a table, below it what needs attention, jobs and last failovers. */
export function renderStatus(status: StackStatus, { colours }: RenderOptions): string {
  const paint = (tone: Tone) => (text: string) =>
    colours && text !== "" ? `\u001b[${tones[tone]}m${text}\u001b[0m` : text;
  return [
    headline(status, paint(status.healthy ? "good" : "bad")),
    ...section(memberTable(status, paint)),
    ...section(attention(status, paint)),
    ...section(jobTable(status, paint)),
    ...section(leftoverLines(status, paint)),
  ].join("\n");
}

type Paint = (tone: Tone) => (text: string) => string;

/** The lines with an empty one in front, if there are any. */
function section(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

function headline({ stack, at, clusters }: StackStatus, paint: (text: string) => string): string {
  const well = clusters.filter(({ healthy }) => healthy).length;
  const verdict = `${well} of ${clusters.length} ${clusters.length === 1 ? "cluster" : "clusters"} well`;
  return `${stack}: ${paint(verdict)}, at ${at.slice(0, 19).replace("T", " ")} UTC`;
}

const columns = [
  "CLUSTER",
  "LEADER",
  "MEMBER",
  "ROLE",
  "STATE",
  "ADDRESS",
  "LAG",
  "TIMELINE",
  "POSTGRESQL",
  "PATRONI",
  "JOB",
];

function memberTable({ clusters }: StackStatus, paint: Paint): readonly string[] {
  if (clusters.length === 0) return [];
  const heading = columns.map((text): Cell => ({ text, paint: paint("strong") }));
  return aligned([heading, ...clusters.flatMap((cluster) => clusterRows(cluster, paint))]);
}

function clusterRows(cluster: ClusterStatus, paint: Paint): readonly (readonly Cell[])[] {
  const unknown = cluster.problems.some(({ code }) => code === "consul-denied");
  const leader: Cell =
    cluster.leader === null
      ? { text: unknown ? "unknown" : "none", paint: paint("bad") }
      : { text: cluster.leader, paint: paint("good") };
  const first: readonly Cell[] = [{ text: cluster.name, paint: paint("strong") }, leader];
  if (cluster.members.length === 0) return [first];
  return cluster.members.map((member, index) => [
    ...(index === 0 ? first : ["", ""]),
    ...memberCells(member, cluster, paint),
  ]);
}

function memberCells(member: MemberStatus, cluster: ClusterStatus, paint: Paint): readonly Cell[] {
  const troubled = cluster.problems.some((problem) => problem.member === member.name);
  const { name, role, host, port, lagBytes, timeline, postgresVersion, patroniVersion, jobVersion } = member;
  return [
    name,
    role,
    { text: stateText(member), paint: paint(troubled ? "bad" : "good") },
    host === null || port === null ? "" : `${host.includes(":") ? `[${host}]` : host}:${port}`,
    lagBytes === null ? "" : lagText(lagBytes),
    timeline === null ? "" : String(timeline),
    postgresVersion ?? "",
    patroniVersion ?? "",
    jobVersion === null ? "" : String(jobVersion),
  ];
}

function stateText({ answers, state }: MemberStatus): string {
  switch (answers) {
    case "yes":
      return state;
    case "no":
      return "doesn't answer";
    case "stale":
      return "stale entry";
  }
}

function lagText(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : size(bytes);
}

function attention({ problems, clusters }: StackStatus, paint: Paint): readonly string[] {
  const lines = [
    ...problems.map(({ message }) => message),
    ...clusters.flatMap(({ name, problems: own }) => own.map(({ message }) => `${name}: ${message}`)),
  ];
  return lines.length === 0 ? [] : [paint("strong")("Needs attention"), ...lines.map((line) => `  ${line}`)];
}

/** What each cluster's job runs, and who became its leader last. */
function jobTable({ clusters }: StackStatus, paint: Paint): readonly string[] {
  const rows = clusters.flatMap(({ name, job, failovers }) => {
    const jobText = job === null ? [] : [`${job.id} version ${job.version}, ${job.image ?? "unknown image"}`];
    const lines = [...jobText, ...failovers.slice(0, failoversShown).map(failoverText)];
    return lines.map((line, index): readonly Cell[] => [
      { text: index === 0 ? `  ${name}` : "", paint: paint("strong") },
      line,
    ]);
  });
  return rows.length === 0 ? [] : [paint("strong")("Jobs and last changes of the leader"), ...aligned(rows)];
}

function leftoverLines({ leftovers }: StackStatus, paint: Paint): readonly string[] {
  if (leftovers === null || leftovers.length === 0) return [];
  return [paint("strong")("Leftovers"), ...leftovers.map(({ message }) => `  ${message}`)];
}

function failoverText({ at, leader, timeline }: Failover): string {
  const moment = at === null ? "at an unknown time" : utc(at);
  return `${moment}  ${leader ?? "somebody"} took over, timeline ${timeline}`;
}

/** A time that Patroni wrote, in UTC as far as it can be read. */
function utc(at: string): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? at : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
