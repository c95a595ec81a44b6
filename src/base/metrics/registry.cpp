#include "base/metrics/registry.hpp"

#include <fmt/format.h>

#include <cmath>
#include <list>
#include <map>
#include <mutex>
#include <stdexcept>
#include <variant>
#include <vector>

#include "base/metrics/counter.hpp"
#include "base/metrics/histogram.hpp"

namespace flotilla::metrics {
namespace {

void escape(std::string& out, std::string_view text, bool quotes) {
  for (char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

/// `a="x",b="y"`, without braces.
std::string label_text(Labels labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name;
    out += "=\"";
    escape(out, value, true);
    out += '"';
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

std::string_view kind_name(Kind kind) {
  if (kind == Kind::counter) return "counter";
  return kind == Kind::gauge ? "gauge" : "histogram";
}

using Series = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Level>, std::unique_ptr<Histogram>>;

struct Family {
  Kind kind{};
  std::string help;
  std::map<std::string, Series> series;                     ///< by label text
  std::vector<std::pair<std::string, double>> collected{};  ///< of the reading under way
};

}  // namespace

struct Registry::State {
  std::mutex mutex;
  std::map<std::string, Family, std::less<>> families;
  std::list<std::function<void(Samples&)>> collectors;
  std::string constant;

  Family& family(Kind kind, std::string_view name, std::string_view help) {
    const auto [place, fresh] = families.try_emplace(std::string(name));
    Family& found = place->second;
    if (fresh) {
      found.kind = kind;
      found.help = help;
    } else if (found.kind != kind) {
      throw std::logic_error(fmt::format("metric {} is declared twice, with two types", name));
    }
    return found;
  }

  template <class T>
  T& make(Kind kind, std::string_view name, std::string_view help, Labels labels) {
    std::lock_guard lock(mutex);
    Family& found = family(kind, name, help);
    std::string text = label_text(labels);
    if (!found.series.contains(text) && found.series.size() >= kSeriesMax) {
      text.clear();
      for (const auto& [label, value] : labels) {
        if (!text.empty()) text += ',';
        text += fmt::format("{}=\"other\"", label);
      }
    }
    Series& place = found.series[text];
    // A fresh place holds a null Counter.
    if (auto* counter = std::get_if<std::unique_ptr<Counter>>(&place); counter && !*counter)
      place = std::make_unique<T>();
    return *std::get<std::unique_ptr<T>>(place);
  }

  void append(std::string& out, std::string_view name, std::string_view labels, std::string_view value,
              std::string_view more = {}) const {
    out += name;
    if (!constant.empty() || !labels.empty() || !more.empty()) {
      out += '{';
      bool first = true;
      for (std::string_view part : {std::string_view(constant), labels, more}) {
        if (part.empty()) continue;
        if (!std::exchange(first, false)) out += ',';
        out += part;
      }
      out += '}';
    }
    out += ' ';
    out += value;
    out += '\n';
  }

  void append_histogram(std::string& out, const std::string& name, std::string_view labels,
                        const Histogram& histogram) const {
    const Histogram::Reading reading = histogram.read();
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < reading.counts.size(); ++i) {
      below += reading.counts[i];
      const bool last = i == Histogram::kBoundsUs.size();
      const double bound = last ? HUGE_VAL : static_cast<double>(Histogram::kBoundsUs[i]) / 1e6;
      append(out, name + "_bucket", labels, fmt::to_string(below), fmt::format("le=\"{}\"", number(bound)));
    }
    append(out, name + "_sum", labels, number(static_cast<double>(reading.sum.count()) / 1e9));
    append(out, name + "_count", labels, fmt::to_string(below));
  }

  void append_family(std::string& out, const std::string& name, const Family& family) const {
    out += fmt::format("# HELP {} ", name);
    escape(out, family.help, false);
    out += fmt::format("\n# TYPE {} {}\n", name, kind_name(family.kind));
    for (const auto& [labels, series] : family.series) {
      if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&series))
        append(out, name, labels, fmt::to_string((*counter)->value()));
      else if (const auto* level = std::get_if<std::unique_ptr<Level>>(&series))
        append(out, name, labels, fmt::to_string((*level)->value()));
      else
        append_histogram(out, name, labels, *std::get<std::unique_ptr<Histogram>>(series));
    }
    for (const auto& [labels, value] : family.collected) append(out, name, labels, number(value));
  }
};

namespace {

class IntoFamilies final : public Samples {
 public:
  explicit IntoFamilies(std::map<std::string, Family, std::less<>>& families) : families_(families) {}

  void add(std::string_view family, double value, Labels labels) override {
    const auto found = families_.find(family);
    if (found == families_.end() || found->second.collected.size() >= Registry::kSeriesMax) return;
    found->second.collected.emplace_back(label_text(labels), value);
  }

 private:
  std::map<std::string, Family, std::less<>>& families_;
};

}  // namespace

Registry::Registry() : state_(std::make_shared<State>()) {}
Registry::~Registry() = default;

Registry& Registry::process() {
  // Never destroyed: threads that end after main() may still count.
  static Registry* const registry = new Registry;
  return *registry;
}

Counter& Registry::counter(std::string_view name, std::string_view help, Labels labels) {
  return state_->make<Counter>(Kind::counter, name, help, labels);
}

Level& Registry::level(std::string_view name, std::string_view help, Labels labels) {
  return state_->make<Level>(Kind::gauge, name, help, labels);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help, Labels labels) {
  return state_->make<Histogram>(Kind::histogram, name, help, labels);
}

void Registry::describe(Kind kind, std::string_view name, std::string_view help) {
  std::lock_guard lock(state_->mutex);
  state_->family(kind, name, help);
}

std::unique_ptr<Registry::Collector> Registry::collect(std::function<void(Samples&)> function) {
  class Kept final : public Collector {
   public:
    Kept(std::shared_ptr<State> state, std::function<void(Samples&)> function) : state_(std::move(state)) {
      std::lock_guard lock(state_->mutex);
      place_ = state_->collectors.insert(state_->collectors.end(), std::move(function));
    }
    ~Kept() override {
      std::lock_guard lock(state_->mutex);
      state_->collectors.erase(place_);
    }

   private:
    std::shared_ptr<State> state_;
    std::list<std::function<void(Samples&)>>::iterator place_;
  };
  return std::make_unique<Kept>(state_, std::move(function));
}

void Registry::set_constant_labels(Labels labels) {
  std::lock_guard lock(state_->mutex);
  state_->constant = label_text(labels);
}

std::string Registry::text() const {
  std::lock_guard lock(state_->mutex);
  for (auto& [name, family] : state_->families) family.collected.clear();
  IntoFamilies samples(state_->families);
  for (const auto& collector : state_->collectors) collector(samples);
  std::string out;
  out.reserve(64 * 1024);
  for (const auto& [name, family] : state_->families) state_->append_family(out, name, family);
  return out;
}

}  // namespace flotilla::metrics
