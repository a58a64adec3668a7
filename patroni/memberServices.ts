import type { Cluster } from "../config/model";
import { clusterNames, portLabels } from "./names";
import { seconds, type NomadCheck, type NomadService } from "./nomadJob";

/**
 * The Consul services of one member: the REST API and PostgreSQL on every member, and one service a role,
 * of which only the members in that role are healthy.
 *
 * `/readiness` is 200 on the leader, and on a replica that streams within the lag limit; only it decides
 * whether an update goes on. `/primary` and `/replica` follow the roles and change in every failover.
 * Source: https://patroni.readthedocs.io/en/latest/rest_api.html
 */
export function memberServices(cluster: Cluster): readonly NomadService[] {
  const names = clusterNames(cluster);
  const { postgres, patroniApi } = portLabels;
  return [
    service(names.apiService, patroniApi, [
      alive(patroniApi),
      http("healthy", `/readiness?lag=${cluster.patroni.maxLagBytes}`, "require_healthy"),
    ]),
    service(names.postgresService, postgres, [alive(postgres)]),
    service(names.primaryService, postgres, [http("primary", "/primary", "ignore")]),
    service(names.replicaService, postgres, [http("replica", "/replica", "ignore")]),
  ];
}

function service(name: string, port: string, checks: readonly NomadCheck[]): NomadService {
  return { Name: name, PortLabel: port, Tags: [], Checks: checks };
}

function alive(port: string): NomadCheck {
  return {
    Name: "alive",
    Type: "tcp",
    PortLabel: port,
    Interval: seconds(10),
    Timeout: seconds(2),
    // `/readiness` says all of it and is asked sooner: waiting for both made an update of 3 members 15 s longer.
    OnUpdate: "ignore",
  };
}

/** Asked every 2 s: clients find a new leader, and an update its next member, by these. */
function http(name: string, path: string, onUpdate: NomadCheck["OnUpdate"]): NomadCheck {
  return {
    Name: name,
    Type: "http",
    Path: path,
    PortLabel: portLabels.patroniApi,
    Interval: seconds(2),
    Timeout: seconds(2),
    OnUpdate: onUpdate,
  };
}
