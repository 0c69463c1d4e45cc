/* SPDX-License-Identifier: MIT */
#include "wire/devinfo.h"

#define KEY(k, def, nm, text) [k] = {.key = (k), .absent = (def), .name = nm, .meaning = text}

const struct pvg_devinfo_key_info pvg_devinfo_keys[PVG_KEY_COUNT] = {
    KEY(0, 0, "terminator", "ends the list"),
    KEY(1, 0, "maxSampleCount", "highest multisample count"),
    KEY(2, 0, "depth24Stencil8", "Depth24Unorm_Stencil8 supported"),
    KEY(3, 0, "maxThreadsWidth", "largest threadgroup width"),
    KEY(4, 0, "maxThreadsHeight", "largest threadgroup height"),
    KEY(5, 0, "maxThreadsDepth", "largest threadgroup depth"),
    KEY(6, 0, "maxThreadgroupMemory", "threadgroup memory, bytes"),
    KEY(7, 0, "framebufferRead", "programmable blending (low byte)"),
    KEY(8, 0, "rgb10a2Gamma", "RGB10A2 display content (low byte)"),
    KEY(9, 0, "nativeFP16", "half arithmetic (low byte)"),
    KEY(10, 0, "serializerVersion", "command serializer feature version"),
    KEY(11, 31, "primitiveMask", "bit n = MTLPrimitiveType n"),
    KEY(12, 0, "dualPlaneTextures", "two-plane textures; follows the protocol version"),
    KEY(13, 16, "linearTextureAlignment", "row alignment of linear textures, bytes"),
    KEY(14, 0, "heaps", "heaps, first term"),
    KEY(15, 0x100, "heapBufferGranularity", "heap buffer size and alignment, bytes"),
    KEY(16, 0, "heapTextures", "textures from heaps"),
    KEY(17, 0, "bufferWithIOSurface", "buffers over IOSurfaces"),
    KEY(18, 0x20002, "airVersion", "newest AIR version, major << 16 | minor"),
    KEY(19, 0, "sharedTextures", "shared textures"),
    KEY(20, 0, "vertexAmplification", "largest vertex amplification count"),
    KEY(21, 0, "samplePositions", "programmable sample positions"),
    KEY(22, 0, "rateMapLayers", "rasterization rate map layers"),
    KEY(23, 0, "tileShaders", "tile shaders"),
    KEY(24, 0, "imageblocks", "imageblocks"),
    KEY(25, 0, "rasterOrderGroups", "raster order groups"),
    KEY(26, 0, "memoryOrderAtomics", "atomics with memory order"),
    KEY(27, 0, "largeMRT", "eight colour targets"),
    KEY(28, 0, "flags2023", "support flags 2023"),
    KEY(29, 0, "computeMaxThreads", "threads per threadgroup of a kernel"),
    KEY(30, 0, "computeLocalMemory", "local memory of a kernel, bytes"),
    KEY(31, 0, "computeThreadgroupMemory", "threadgroup memory of a kernel, bytes"),
    KEY(32, 0, "computeThreadgroupAlignment", "alignment of threadgroup memory, bytes"),
    KEY(33, 0, "flags2024", "support flags 2024"),
    KEY(34, 0, "coreCount", "GPU cores"),
    KEY(35, 0, "maxTextureLayers", "layers of an array texture"),
    KEY(36, 0, "maxPredicatedNesting", "predicated nesting depth"),
    KEY(37, 0, "gpuFamily", "MTLGPUFamily ordinal"),
    KEY(38, 0, "argumentBuffersTier", "no reader known"),
    KEY(39, 0, "argumentBuffersSamplers", "no reader known"),
    KEY(40, 0, "minLinearTextureAlignment", "smallest row alignment of linear textures, bytes"),
    KEY(41, 0, "textureWriteRounding", "texture write rounding modes"),
    KEY(42, 0, "flags2025", "support flags 2025"),
    KEY(43, 0, "dead43", "never sent"),
    KEY(44, 0, "appleFamilies", "bit set Apple5..Apple11"),
};

#undef KEY

size_t pvg_w_pairs_encode(uint8_t *dst, size_t cap, uint32_t key_bound, uint32_t pair_capacity, const struct pvg_w_pair *pairs,
                          size_t count)
{
    size_t room = cap / PVG_PAIR_SIZE, used = 0;
    if (room > pair_capacity)
        room = pair_capacity;
    for (size_t i = 0; i < count && used < room; i++) {
        if (pairs[i].key == 0 || pairs[i].key >= key_bound || pairs[i].key == PVG_KEY_DEAD_43)
            continue;
        pvg_st32(dst + used * PVG_PAIR_SIZE, pairs[i].key);
        pvg_st32(dst + used * PVG_PAIR_SIZE + 4, pairs[i].value);
        used++;
    }
    if (used < room) {
        pvg_st64(dst + used * PVG_PAIR_SIZE, 0);
        used++;
    }
    return used * PVG_PAIR_SIZE;
}

bool pvg_w_pairs_find(const uint8_t *p, size_t n, uint32_t key, uint32_t *value)
{
    bool found = false;
    for (size_t i = 0; i < n / PVG_PAIR_SIZE; i++) {
        uint32_t k = pvg_ld32(p + i * PVG_PAIR_SIZE);
        if (k == 0)
            break;
        if (k == key) {
            *value = pvg_ld32(p + i * PVG_PAIR_SIZE + 4);
            found = true;
        }
    }
    return found;
}
