#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_nonuniform_qualifier : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_shader_image_load_formatted : require
// Writes values into storage texture 0 at a list of coordinates; classes and kinds as peek.comp.
#ifdef UINT
#define T(x) u##x
#elif defined(INT)
#define T(x) i##x
#else
#define T(x) x
#endif
layout(local_size_x_id = 0x700) in;
layout(set = 0, binding = 1) uniform T(image1D) t1[];
layout(set = 0, binding = 1) uniform T(image1DArray) t1a[];
layout(set = 0, binding = 1) uniform T(image2D) t2[];
layout(set = 0, binding = 1) uniform T(image2DArray) t2a[];
layout(set = 0, binding = 1) uniform T(image3D) t3[];
layout(set = 0, binding = 4) uniform T(imageBuffer) tb[];
layout(buffer_reference, scalar) readonly buffer Values { T(vec4) v[]; };
layout(buffer_reference, scalar) readonly buffer Params { uint kind, mode, count, pad; vec4 at[]; };
layout(buffer_reference, scalar) readonly buffer Table { Values values; uint n0, p0; Params params; uint n1, p1; uint image; };
layout(push_constant, scalar) uniform Push { Table table; };
void main()
{
    uint n = gl_GlobalInvocationID.x, i = table.image;
    if (n >= table.params.count)
        return;
    ivec4 p = ivec4(table.params.at[n]);
    T(vec4) v = table.values.v[n];
    switch (table.params.kind) {
    case 0: imageStore(t1[i], p.x, v); break;
    case 1: imageStore(t1a[i], p.xz, v); break;
    case 2: imageStore(t2[i], p.xy, v); break;
    case 3: imageStore(t2a[i], p.xyz, v); break;
    case 6: imageStore(t3[i], p.xyz, v); break;
    default: imageStore(tb[i], p.x, v); break;
    }
}
