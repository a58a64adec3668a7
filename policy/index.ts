import { PolicyPack } from "@pulumi/policy";
import { guardRailPolicies } from "./policies";

new PolicyPack("nomad-postgres", { enforcementLevel: "mandatory", policies: [...guardRailPolicies] });
