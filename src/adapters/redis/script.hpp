#pragma once

#include <string>
#include <string_view>

namespace flotilla::redis {

/// A Lua script. Its SHA1 (hexadecimal, lower case: what EVALSHA wants) is computed once, so make it a
/// constant of a file.
class Script {
 public:
  explicit Script(std::string text);

  const std::string& text() const { return text_; }
  const std::string& sha1() const { return sha1_; }

 private:
  std::string text_;
  std::string sha1_;
};

}  // namespace flotilla::redis
