#include "cluster/outbox/relay_batch.hpp"

#include <algorithm>

namespace flotilla::cluster {

RelayBatch::RelayBatch(std::size_t rows, std::size_t at_once, Monotonic held_until)
    : rows_(rows), at_once_(std::max<std::size_t>(at_once, 1)), held_until_(held_until), limit_(at_once_) {}

std::size_t RelayBatch::count() const { return std::min(limit_, rows_ - from_); }

std::optional<RelayBatch::Range> RelayBatch::next(Monotonic now) const {
  if (down_ || from_ == rows_ || now >= held_until_) return std::nullopt;
  return Range{from_, count()};
}

void RelayBatch::ended(Outcome outcome) {
  const std::size_t tried = count();
  switch (outcome) {
    case Outcome::sent:
      for (std::size_t i = 0; i < tried; ++i) sent_.push_back(from_ + i);
      from_ += tried;
      return;
    case Outcome::refused:
      if (tried > 1) {
        limit_ = tried / 2;
        return;
      }
      refused_.push_back(from_++);
      limit_ = at_once_;
      return;
    case Outcome::down:
      down_ = true;
  }
}

}  // namespace flotilla::cluster
