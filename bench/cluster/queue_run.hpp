#pragma once

#include <memory>
#include <string>

#include "cluster/queue/queue_backend.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::bench {

/// A message's body, JSON of about 100 bytes.
std::string body_of(std::size_t number);

struct BatchLoad {
  std::size_t messages = 0;
  std::size_t publishers = 4;  ///< coroutines that publish
  std::size_t publish = 256;   ///< messages of one call
  std::size_t claimers = 4;    ///< coroutines that claim and settle
  std::size_t claim = 256;
};

/// Messages a second, published, claimed and settled through a backend, all at the same time. Throws when one
/// was not settled.
double through_backend(test::Loop& loop, std::shared_ptr<cluster::QueueBackend> backend,
                       const BatchLoad& load);

struct FacadeLoad {
  std::size_t messages = 0;
  std::size_t publishers = 512;  ///< each publishes one message at a time
  int concurrency = 256;         ///< of the consumer
};

/// The same through Queue, as an application has it. Throws when a message was not handled.
double through_facade(test::Loop& loop, std::shared_ptr<cluster::QueueBackend> backend,
                      const FacadeLoad& load);

}  // namespace flotilla::bench
