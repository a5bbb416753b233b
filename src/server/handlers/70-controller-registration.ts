/** ControllerRegistration (70): a controller tells where it listens and what it can work with (KIP-919). */
import {
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
} from '../../protocol/index.ts'
import { defineHandler } from '../handler.ts'
import type { ControllerServices } from '../services.ts'

export const registerController = defineHandler(
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
  {
    handle: (services: ControllerServices, request) =>
      services.controller.registerController(request),
  },
)
