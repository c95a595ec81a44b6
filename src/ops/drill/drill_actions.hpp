#pragma once

#include "api/action.hpp"

namespace flotilla::ops {

class Drills;

/// fleet:startDrill, fleet:publishDrill, fleet:drillJobs, fleet:endDrill. `drills` outlives the registry's
/// last call.
void register_drill_actions(api::ActionRegistry& registry, Drills& drills);

}  // namespace flotilla::ops
