#include "cluster/worker_id/lease_holder.hpp"

#include <algorithm>

namespace flotilla::cluster {

LeaseHolder::Step LeaseHolder::next(Monotonic now) const {
  if (now < next_at_) return {Do::wait, next_at_};
  // A holder that has lapsed asks like anybody else. A store that was flushed would let it take its place up
  // again, although another node may have had it since and not have reported yet.
  return {worker_ && now < believed_until_ ? Do::renew : Do::acquire, now};
}

void LeaseHolder::granted(int worker, Monotonic asked_at) {
  worker_ = worker;
  renewed(asked_at);
}

void LeaseHolder::refused(Monotonic now, Millis retry_after) {
  worker_.reset();
  next_at_ = now + std::max(kTryAgain, std::min(retry_after, lease_));
}

void LeaseHolder::renewed(Monotonic asked_at) {
  believed_until_ = asked_at + lease_ - margin_;
  next_at_ = asked_at + lease_ / 3;
}

void LeaseHolder::lost() {
  worker_.reset();
  believed_until_ = Monotonic{};
  next_at_ = Monotonic{};
}

void LeaseHolder::unreachable(Monotonic now) { next_at_ = now + kTryAgain; }

}  // namespace flotilla::cluster
