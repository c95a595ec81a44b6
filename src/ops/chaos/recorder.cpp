#include "ops/chaos/recorder.hpp"

#include "base/error.hpp"

namespace flotilla::ops::chaos {

Recorder::Recorder(const std::filesystem::path& file) {
  if (file.empty()) return;
  file_.open(file, std::ios::trunc);
  if (!file_) throw bad_request("--history " + file.string() + ": cannot be written");
}

}  // namespace flotilla::ops::chaos
