#include "runtime/cancellation.hpp"

namespace flotilla {

void Cancellation::cancel() {
  if (!state_->cancelled.exchange(true, std::memory_order_acq_rel)) state_->wakeup.notify();
}

Task<bool> Cancellation::wait(std::chrono::milliseconds timeout) const {
  const std::shared_ptr<State> state = state_;
  const Wakeup::Version seen = state->wakeup.version();
  if (state->cancelled.load(std::memory_order_acquire)) co_return true;
  co_await state->wakeup.wait(seen, timeout);
  co_return state->cancelled.load(std::memory_order_acquire);
}

}  // namespace flotilla
