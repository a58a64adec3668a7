# What Nomad's agents need of Consul: to find one another and to register what their tasks offer. What a task does
# there itself, it does by its own identity.
agent_prefix "" {
  policy = "read"
}

node_prefix "" {
  policy = "read"
}

service_prefix "" {
  policy = "write"
}
