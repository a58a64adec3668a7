# What `pulumi up` and the commands (`npm run status`, `move`, `cleanup`, ...) need of Nomad, and no more.
# `default` stands for nomadNamespace in the stack's config.
namespace "default" {
  capabilities = [
    "list-jobs",
    "read-job",
    "submit-job",
    # The last words of a member that died.
    "read-logs",
    # The member that a move leaves behind is stopped by name.
    "alloc-lifecycle",
    "host-volume-read",
    "host-volume-create",
    "host-volume-delete",
  ]

  # Which version of its secret each cluster's members render.
  variables {
    path "nomad/jobs/postgres-*" {
      capabilities = ["read", "write", "destroy"]
    }
  }
}

# Where members and volumes can go, and what state their nodes are in.
node {
  policy = "read"
}

# The log of a node's Nomad client, where alone it is said what Vault answered to a member that waits for its secret.
agent {
  policy = "read"
}

# A job may only claim volumes that whoever registers it may mount.
host_volume "postgres-*" {
  capabilities = ["mount-readwrite"]
}
