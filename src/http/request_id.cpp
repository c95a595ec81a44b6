#include "http/request_id.hpp"

#include <cctype>
#include <random>

#include "base/random.hpp"

namespace flotilla::http {
namespace {

constexpr std::size_t kLengthMax = 64;

class FastRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
      std::uint64_t word = engine_();
      for (std::size_t k = 0; k < 8 && i + k < bytes.size(); ++k, word >>= 8)
        bytes[i + k] = static_cast<std::uint8_t>(word);
    }
  }

 private:
  std::mt19937_64 engine_{[] {
    std::uint8_t seed[8];
    Random::system().fill(seed);
    std::uint64_t value = 0;
    for (std::uint8_t byte : seed) value = value << 8 | byte;
    return value;
  }()};
};

}  // namespace

std::string request_id(std::string_view given) {
  bool good = !given.empty() && given.size() <= kLengthMax;
  for (char c : given)
    good = good && (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.');
  if (good) return std::string(given);
  thread_local FastRandom random;
  return random_uuid(random);
}

}  // namespace flotilla::http
