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

# The logins of clusters that have `access` (platform.vault.databaseMount is `database`): connections, roles, and a
# password of its own for each connection.
path "database/config/postgres-*" {
  capabilities = ["create", "read", "update", "delete"]
}

path "database/rotate-root/postgres-*" {
  capabilities = ["create", "update"]
}

path "database/roles/postgres-*" {
  capabilities = ["create", "read", "update", "delete"]
}

path "database/static-roles/postgres-*" {
  capabilities = ["create", "read", "update", "delete"]
}

# A new password for a static role whose data is other data than Vault knew.
path "database/rotate-role/postgres-*" {
  capabilities = ["create", "update"]
}

# How long the mount lets a login live.
path "sys/mounts/database/tune" {
  capabilities = ["read"]
}

# Ending the logins of a role that is removed. Nobody can read a login with this token.
path "sys/leases/revoke-prefix/database/creds/postgres-*" {
  capabilities = ["create", "update", "sudo"]
}

path "sys/leases/revoke-force/database/creds/postgres-*" {
  capabilities = ["create", "update", "sudo"]
}
