// Names World and its objects without their definitions, for headers that only pass references on.
#pragma once

namespace vmacheck {

struct Plain;
struct Traced;

template <class D>
class World;
template <class D>
struct Vma;
template <class D>
struct File;

}  // namespace vmacheck
