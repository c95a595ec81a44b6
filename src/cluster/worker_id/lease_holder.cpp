#include "cluster/worker_id/lease_holder.hpp"

#include <algorithm>

namespace flotilla::cluster {

LeaseHolder::Step LeaseHolder::next(Monotonic now) const {
  // Also when the lease has lapsed a renewal is asked for first: if nobody has taken the place it is still
  // ours.
  if (now < next_at_) return {Do::wait, next_at_};
  return {worker_ ? Do::renew : Do::acquire, now};
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
