#include "cluster/cache/single_flight.hpp"

namespace flotilla::cluster {

namespace {
constexpr std::chrono::milliseconds kLookAgain{60'000};
}

struct SingleFlight::Pass::Flight {
  explicit Flight(FlightTable::Flight number) : number(number) {}

  const FlightTable::Flight number;
  std::mutex mutex;
  std::optional<Landed> landed;
  Wakeup wakeup;
};

SingleFlight::Pass::~Pass() {
  if (table_ && leads_) land({});
}

bool SingleFlight::Pass::may_keep() const {
  std::lock_guard lock(table_->mutex_);
  return table_->table_.may_keep(flight_->number);
}

void SingleFlight::Pass::land(Landed landed) {
  {
    // Out of the table first: who is told to board again must not find this flight there.
    std::lock_guard lock(table_->mutex_);
    table_->table_.end(flight_->number);
    table_->flights_.erase(flight_->number);
  }
  {
    std::lock_guard lock(flight_->mutex);
    if (!flight_->landed) flight_->landed = std::move(landed);
  }
  leads_ = false;
  flight_->wakeup.notify();
}

Task<SingleFlight::Landed> SingleFlight::Pass::wait() const {
  const std::shared_ptr<Flight> flight = flight_;
  for (;;) {
    const Wakeup::Version seen = flight->wakeup.version();
    {
      std::lock_guard lock(flight->mutex);
      if (flight->landed) co_return *flight->landed;
    }
    co_await flight->wakeup.wait(seen, kLookAgain);
  }
}

SingleFlight::Pass SingleFlight::board(const std::string& key) {
  std::lock_guard lock(mutex_);
  const FlightTable::Place place = table_.board(key);
  auto& flight = flights_[place.flight];
  if (!flight) flight = std::make_shared<Pass::Flight>(place.flight);
  return Pass(shared_from_this(), flight, place.leads);
}

void SingleFlight::forget(const std::string& key) {
  std::lock_guard lock(mutex_);
  table_.forget(key);
}

void SingleFlight::forget_all() {
  std::lock_guard lock(mutex_);
  table_.forget_all();
}

std::size_t SingleFlight::size() const {
  std::lock_guard lock(mutex_);
  return table_.size();
}

}  // namespace flotilla::cluster
