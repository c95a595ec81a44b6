#pragma once

#include <memory>
#include <string>

#include "cluster/queue/queue_backend.hpp"

namespace flotilla::contract {

/// A backend on the broker at `url`, as a node of its own. Dedup keys are kept in a lock store that all nodes
/// of one `app` share.
std::shared_ptr<cluster::QueueBackend> rabbitmq_queue(const std::string& url, const std::string& app);

}  // namespace flotilla::contract
