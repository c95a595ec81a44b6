#include "http/compress.hpp"

#include <brotli/encode.h>
#include <zlib.h>

#include <charconv>
#include <stdexcept>

#include "base/strings.hpp"

namespace flotilla::http {
namespace {

constexpr int kGzipLevel = 5;
constexpr int kBrotliQuality = 4;

double quality_of(std::string_view item) {
  for (std::size_t at = item.find(';'); at != item.npos; at = item.find(';', at + 1)) {
    std::string_view parameter = trim(item.substr(at + 1));
    if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
    double q = 0;
    std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), q);
    return q;
  }
  return 1;
}

std::string gzip(std::string_view body) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&stream, body.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int end = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (end != Z_STREAM_END) throw std::runtime_error("deflate");
  return out;
}

std::string brotli(std::string_view body) {
  std::size_t size = BrotliEncoderMaxCompressedSize(body.size());
  std::string out(size, '\0');
  if (!BrotliEncoderCompress(kBrotliQuality, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_TEXT, body.size(),
                             reinterpret_cast<const std::uint8_t*>(body.data()), &size,
                             reinterpret_cast<std::uint8_t*>(out.data())))
    throw std::runtime_error("BrotliEncoderCompress");
  out.resize(size);
  return out;
}

}  // namespace

Coding choose_coding(std::string_view accept_encoding) {
  double gzip_q = 0, br_q = 0, any_q = 0;
  bool gzip_named = false, br_named = false;
  for (const std::string& item : split(accept_encoding, ',')) {
    std::string name = lower(trim(std::string_view(item).substr(0, item.find(';'))));
    const double q = quality_of(item);
    if (name == "gzip" || name == "x-gzip")
      gzip_q = q, gzip_named = true;
    else if (name == "br")
      br_q = q, br_named = true;
    else if (name == "*")
      any_q = q;
  }
  if (!gzip_named) gzip_q = any_q;
  if (!br_named) br_q = any_q;
  if (br_q > 0 && br_q >= gzip_q) return Coding::br;
  return gzip_q > 0 ? Coding::gzip : Coding::identity;
}

bool is_compressible(std::string_view content_type) {
  std::string type = lower(trim(content_type.substr(0, content_type.find(';'))));
  return type.starts_with("text/") || type.ends_with("json") || type.ends_with("xml") ||
         type.ends_with("javascript");
}

std::string compress(std::string_view body, Coding coding) {
  switch (coding) {
    case Coding::gzip:
      return gzip(body);
    case Coding::br:
      return brotli(body);
    case Coding::identity:
      break;
  }
  return std::string(body);
}

std::string_view coding_name(Coding coding) {
  return coding == Coding::br ? "br" : coding == Coding::gzip ? "gzip" : "identity";
}

}  // namespace flotilla::http
