#include "http/head_scan.hpp"

namespace flotilla::http {
namespace {

std::string_view text_of(const boost::beast::flat_buffer& buffer) {
  const auto data = buffer.data();
  return {static_cast<const char*>(data.data()), data.size()};
}

bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

bool begins_request(boost::beast::flat_buffer& buffer) {
  while (text_of(buffer).starts_with("\r\n")) buffer.consume(2);
  return buffer.size() > 1 || (buffer.size() == 1 && text_of(buffer) != "\r");
}

std::string_view head_fault(const boost::beast::flat_buffer& buffer) {
  const std::string_view head = text_of(buffer);
  std::size_t line = 0;
  while (line < head.size()) {
    if (is_blank(head[line])) return "a line starts with a blank";
    const std::size_t end = head.find('\n', line);
    if (end == head.npos) return {};
    if (end == line || head[end - 1] != '\r') return "a line feed without carriage return";
    if (end - line == 1) return {};
    line = end + 1;
  }
  return {};
}

}  // namespace flotilla::http
