# What `pulumi up` and the commands (`npm run status`, `move`, `cleanup`, ...) need of Consul, and no more:
# platform.consul.keyPrefix is `operations`.

# What Patroni keeps of each cluster.
key_prefix "operations/" {
  policy = "write"
}

# Each cluster's own node in the catalog, which its sessions are on, and the datacenter that it is in.
node_prefix "postgres-" {
  policy = "write"
}

agent_prefix "" {
  policy = "read"
}

# Each cluster's policies, roles and binding rules. Whoever may write these can give himself any right on Consul:
# Consul has nothing finer. Keep this token as you would keep a management token.
acl = "write"
