#version 460
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_scalar_block_layout : require
#extension GL_EXT_nonuniform_qualifier : require
#extension GL_EXT_shader_explicit_arithmetic_types_int64 : require
#extension GL_EXT_samplerless_texture_functions : require
// Reads texture 0 at a list of coordinates. FLOAT, UINT or INT selects the component class. `kind`: spec 06 section 15.2's shapes,
// 9 = texture buffer. mode 0: texel (x, y, z or slice, level or sample); 1: sampled (x, y, z or slice, lod); 2: sampled in a cube
// array (direction, slice).
#ifdef UINT
#define T(x) u##x
#elif defined(INT)
#define T(x) i##x
#else
#define T(x) x
#endif
layout(local_size_x_id = 0x700) in;
layout(set = 0, binding = 0) uniform T(texture1D) t1[];
layout(set = 0, binding = 0) uniform T(texture1DArray) t1a[];
layout(set = 0, binding = 0) uniform T(texture2D) t2[];
layout(set = 0, binding = 0) uniform T(texture2DArray) t2a[];
layout(set = 0, binding = 0) uniform T(texture2DMS) t2m[];
layout(set = 0, binding = 0) uniform T(texture2DMSArray) t2ma[];
layout(set = 0, binding = 0) uniform T(texture3D) t3[];
layout(set = 0, binding = 0) uniform T(textureCube) tc[];
layout(set = 0, binding = 0) uniform T(textureCubeArray) tca[];
layout(set = 0, binding = 3) uniform T(textureBuffer) tb[];
layout(set = 0, binding = 2) uniform sampler samplers[];
layout(buffer_reference, scalar) writeonly buffer Results { T(vec4) r[]; };
layout(buffer_reference, scalar) readonly buffer Params { uint kind, mode, count, pad; vec4 at[]; };
layout(buffer_reference, scalar) readonly buffer Table { Results results; uint n0, p0; Params params; uint n1, p1; uint image, smp; };
layout(push_constant, scalar) uniform Push { Table table; };

T(vec4) fetch(uint kind, uint i, ivec4 p)
{
    switch (kind) {
    case 0: return texelFetch(t1[i], p.x, p.w);
    case 1: return texelFetch(t1a[i], p.xz, p.w);
    case 2: return texelFetch(t2[i], p.xy, p.w);
    case 3: return texelFetch(t2a[i], p.xyz, p.w);
    case 4: return texelFetch(t2m[i], p.xy, p.w);
    case 5: return texelFetch(t2ma[i], p.xyz, p.w);
    case 6: return texelFetch(t3[i], p.xyz, p.w);
    default: return texelFetch(tb[i], p.x);
    }
}

T(vec4) sampled(uint kind, uint i, uint s, vec4 p)
{
    switch (kind) {
    case 0: return textureLod(T(sampler1D)(t1[i], samplers[s]), p.x, p.w);
    case 1: return textureLod(T(sampler1DArray)(t1a[i], samplers[s]), p.xz, p.w);
    case 2: return textureLod(T(sampler2D)(t2[i], samplers[s]), p.xy, p.w);
    case 3: return textureLod(T(sampler2DArray)(t2a[i], samplers[s]), p.xyz, p.w);
    case 6: return textureLod(T(sampler3D)(t3[i], samplers[s]), p.xyz, p.w);
    case 7: return textureLod(T(samplerCube)(tc[i], samplers[s]), p.xyz, p.w);
    default: return textureLod(T(samplerCubeArray)(tca[i], samplers[s]), p, 0);
    }
}

void main()
{
    uint n = gl_GlobalInvocationID.x;
    if (n >= table.params.count)
        return;
    vec4 p = table.params.at[n];
    uint i = table.image, s = table.smp & 0xfffff;
    if ((table.smp & 0x80000000) != 0)
        p.xy /= vec2(textureSize(t2[i], 0)); // Pixel coordinates are the shader's business.
    if (table.params.mode == 0)
        table.results.r[n] = fetch(table.params.kind, i, ivec4(p));
    else
        table.results.r[n] = sampled(table.params.kind, i, s, p);
}
