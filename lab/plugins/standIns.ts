/** The plugins that there are stand-ins for, with the versions that the program's packages ask for. */
export const standIns = {
  nomad: "2.6.1",
  vault: "7.8.0",
  docker: "5.2.0",
  consul: "3.15.1",
} as const;

export type StandInName = keyof typeof standIns;

export const standInNames: readonly StandInName[] = ["nomad", "vault", "docker", "consul"];

/** Whether there is a stand-in of that name. */
export function isStandInName(name: string): name is StandInName {
  return name in standIns;
}
