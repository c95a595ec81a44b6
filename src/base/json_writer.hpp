#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace flotilla {

/// Appends JSON text to a string, commas included, without building a document. The caller keeps begin/end
/// and key/value in order; nothing is checked. Not thread-safe.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() {
    separate();
    out_ += '{';
    fresh_ = true;
  }
  void end_object() {
    out_ += '}';
    fresh_ = false;
  }
  void begin_array() {
    separate();
    out_ += '[';
    fresh_ = true;
  }
  void end_array() {
    out_ += ']';
    fresh_ = false;
  }

  void key(std::string_view name) {
    separate();
    quoted(name);
    out_ += ':';
    fresh_ = true;
  }
  /// `text` is a key with quotes and colon, made once by quoted_key().
  void prepared_key(std::string_view text) {
    separate();
    out_ += text;
    fresh_ = true;
  }
  static std::string quoted_key(std::string_view name);

  void null() { raw("null"); }
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void integer(std::int64_t value);
  void number(double value);  ///< shortest text that reads back the same; NaN and infinities become null
  void string(std::string_view value) {
    separate();
    quoted(value);
    fresh_ = false;
  }
  void value(const Json& document);
  /// `text` is taken for valid JSON.
  void raw(std::string_view text) {
    separate();
    out_ += text;
    fresh_ = false;
  }
  std::string& out() { return out_; }

 private:
  void separate() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }
  void quoted(std::string_view text);

  std::string& out_;
  bool fresh_ = true;
};

}  // namespace flotilla
