#include "runtime/event_loops.hpp"

#include <algorithm>

namespace flotilla {

EventLoops::EventLoops(std::size_t count) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, count); ++i) {
    loops_.push_back(std::make_unique<boost::asio::io_context>(1));
    guards_.emplace_back(loops_.back()->get_executor());
  }
}

EventLoops::~EventLoops() {
  stop();
  join();
}

void EventLoops::run() {
  if (!threads_.empty()) return;
  for (auto& loop : loops_) threads_.emplace_back([&loop] { loop->run(); });
}

void EventLoops::stop() {
  for (auto& loop : loops_) loop->stop();
}

void EventLoops::join() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
}

}  // namespace flotilla
