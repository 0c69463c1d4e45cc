#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
// Specialisation ids 0x700 + n stand for 0x10000 + n, which glslang does not take; the loader patches them.
// out[i] = in[i] * 2 + 1 for i < threads_per_grid.x; slots 0 (in) and 1 (out).
layout(local_size_x_id = 0x700) in;
layout(buffer_reference, scalar) buffer Words { uint w[]; };
layout(buffer_reference, scalar) readonly buffer Table { Words src; uint src_size, pad0; Words dst; uint dst_size, pad1; };
layout(push_constant, scalar) uniform Push {
    Table table; uint64_t zero; uvec3 threads_per_grid; uint flags; uvec3 first_thread; uint p0; uvec3 first_group; uint p1;
};
void main()
{
    uint i = first_thread.x + gl_WorkGroupID.x * gl_WorkGroupSize.x + gl_LocalInvocationIndex;
    uint limit = (flags & 1) != 0 ? gl_NumWorkGroups.x * gl_WorkGroupSize.x : threads_per_grid.x;
    if (i >= limit || i * 4 + 4 > table.src_size || i * 4 + 4 > table.dst_size)
        return;
    table.dst.w[i] = table.src.w[i] * 2 + 1;
}
