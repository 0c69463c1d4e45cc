/* SPDX-License-Identifier: MIT */
/** @file Validation with the C interface of SPIRV-Tools, where the build found it. */
#include "tools/shader.h"

#include <stdio.h>

#ifdef HAVE_SPIRV_TOOLS
#include <spirv-tools/libspirv.h>

bool shader_can_validate(void)
{
    return true;
}

bool shader_validate(const struct pvg_air_shader *shader, char *why, size_t size)
{
    spv_context context = spvContextCreate(SPV_ENV_VULKAN_1_3);
    spv_validator_options options = spvValidatorOptionsCreate();
    spv_const_binary_t binary = {shader->words, shader->word_count};
    spv_diagnostic diagnostic = NULL;

    /* scalarBlockLayout is required of every device. */
    spvValidatorOptionsSetScalarBlockLayout(options, true);
    spvValidatorOptionsSetWorkgroupScalarBlockLayout(options, true);
    spv_result_t rc = spvValidateWithOptions(context, options, &binary, &diagnostic);
    if (rc != SPV_SUCCESS)
        snprintf(why, size, "invalid SPIR-V: %.200s", diagnostic && diagnostic->error ? diagnostic->error : "no message");
    spvDiagnosticDestroy(diagnostic);
    spvValidatorOptionsDestroy(options);
    spvContextDestroy(context);
    return rc == SPV_SUCCESS;
}
#else
bool shader_can_validate(void)
{
    return false;
}

bool shader_validate(const struct pvg_air_shader *shader, char *why, size_t size)
{
    snprintf(why, size, "built without SPIRV-Tools");
    return false;
}
#endif
