# What `pulumi up` needs of Vault or OpenBao, and no more: platform.vault.kvMount is `secret`, platform.vault.kvPath
# `postgres`, platform.vault.jwtAuthPath `jwt-nomad`.

# Each cluster's credentials.
path "secret/data/postgres/*" {
  capabilities = ["create", "read", "update"]
}

# Deleting a secret with all its versions, for data that is deleted as well.
path "secret/metadata/postgres/*" {
  capabilities = ["delete"]
}

# Each cluster's policy, and the role that gives it to the cluster's job.
path "sys/policies/acl/postgres-*" {
  capabilities = ["create", "read", "update", "delete"]
}

path "auth/jwt-nomad/role/postgres-*" {
  capabilities = ["create", "read", "update", "delete"]
}
