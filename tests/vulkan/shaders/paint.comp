#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_nonuniform_qualifier : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_image_load_formatted : require
// Writes (x, y, 0.5, 1) / 255 style colours into storage texture 0, region by region (barrier in the kernel).
layout(local_size_x_id = 0x700) in;
layout(constant_id = 0x701) const uint tx = 1;
layout(constant_id = 0x702) const uint ty = 1;
layout(set = 0, binding = 1) uniform image2D images[];
layout(buffer_reference, scalar) readonly buffer Table { uint image; };
layout(push_constant, scalar) uniform Push {
    Table table; uint64_t zero; uvec3 threads_per_grid; uint flags; uvec3 first_thread; uint p0; uvec3 first_group; uint p1;
};
void main()
{
    uint l = gl_LocalInvocationIndex;
    uvec2 p = first_thread.xy + gl_WorkGroupID.xy * uvec2(tx, ty) + uvec2(l % tx, l / tx);
    barrier();
    imageStore(images[table.image], ivec2(p), vec4(float(p.x) / 255.0, float(p.y) / 255.0, 0.2, 1.0));
}
